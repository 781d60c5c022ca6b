"""Whether what an LLM says is what the tools returned: every figure of it, traced before it is sent."""
