"""One file a verb: what is asked, how it is sent, and how a later reading proves that it happened."""
