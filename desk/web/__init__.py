"""The web skin: pages, doors, the HTTP API and MCP."""
