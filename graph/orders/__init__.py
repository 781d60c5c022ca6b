"""The sentences that ask the desk to do something; each only ever opens a ticket."""
