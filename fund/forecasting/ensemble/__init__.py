"""Several forecasters heard as one, by what each was worth out of sample before."""
