"""What is remembered: PostgreSQL with pgvector, the lake of facts, migrations."""
