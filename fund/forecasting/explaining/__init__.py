"""Why a forecaster says what it says, in its own arithmetic."""
