"""Who speaks when: the committee and the conversation, as LangGraph graphs."""
