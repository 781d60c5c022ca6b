"""Why a forecaster says what it says."""
