"""What becomes of a forecaster after its training: scores, comparison, drift, decay, retraining."""
