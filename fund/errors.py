"""The house's errors, one class per distinct reaction.

DeskError
├── DataError              the facts are not good enough to act on
│   ├── NoDataError        leave the ticker out and say so
│   └── FeedError          retry, then the next feed, then skip the run
├── OrderRejectedError     record it and go on
├── TradingHaltedError     record it and plan nothing
├── LedgerError            stop: the books do not add up
├── AnswerError            one repair, then the role is silent
├── LLMUnavailableError    next in the roster, then hold
├── BudgetError            no more calls; hold; alert
├── QueryRefusedError      the sentence goes back as the tool's answer
└── ConfigError            exit 2 at start, naming the setting

A message says what was expected, what was found and what to do; never a secret.
"""


class DeskError(Exception):
    """Anything the desk knows how to react to."""


class DataError(DeskError):
    """A fact about the world is missing, damaged or implausible."""


class NoDataError(DataError):
    """Nothing is known about this ticker or series at this time."""


class FeedError(DataError):
    """A source of facts could not be read."""


class OrderRejectedError(DeskError):
    """The broker refused an order."""


class TradingHaltedError(DeskError):
    """Trading is paused; nothing may be planned."""


class LedgerError(DeskError):
    """A money invariant is violated; trading stops until a person has looked."""


class AnswerError(DeskError):
    """The LLM answered, twice, with something the role's schema refuses."""


class LLMUnavailableError(DeskError):
    """No LLM of the roster gave an answer in time."""


class BudgetError(DeskError):
    """The next call could cost more than what is left of the budget."""


class QueryRefusedError(DeskError):
    """The question cannot be answered as asked; the message says why and what would work."""


class ConfigError(DeskError):
    """A setting, a file or the machine is not as the desk needs it; nothing was started."""
