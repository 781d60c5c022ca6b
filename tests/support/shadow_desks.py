"""A desk whose mandate names shadows: the rules, an LLM behind the rule server, and one without a key."""

from pathlib import Path

from desk.settings import Settings
from support.checkout import ROOT
from support.rule_server import KEY, LLM, RuleServer
from support.started_desks import copy_folder, settings_for

SECOND = f"compatible:{LLM}"
NAMED = f'shadows = ["offline", "{SECOND}", "openai:gpt-5.4"]\nshadow_budget_usd = 5\n'


def shadowed_mandate(folder: Path, more: str = NAMED) -> Path:
    """Write the shipped mandate with shadows in it and return its path."""
    text = (ROOT / "mandate.toml").read_text(encoding="utf-8")
    assert "\n[llm]\n" in text
    path = folder / "shadows.toml"
    path.write_text(text.replace("\n[llm]\n", f"\n[llm]\n{more}"), encoding="utf-8")
    return path


def shadowed_settings(first_start: Path, bundle: Path, folder: Path, server: RuleServer) -> Settings:
    """Return the settings of such a desk on its own copy of a started folder; the rules are in force."""
    return settings_for(
        copy_folder(first_start, folder / "desk"),
        bundle,
        mandate=shadowed_mandate(folder),
        compatible_base_url=f"{server.url}/v1",
        compatible_llm="unused",
        compatible_api_key=KEY,
    )
