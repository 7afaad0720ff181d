"""Why an import does not go on."""


class Unreadable(Exception):
    """The file cannot be read for certain; the text says what is wrong and what to do."""


class Changed(Exception):
    """What would be sent is not what the page showed."""


class SentBefore(Exception):
    """A file with the same content was sent before: nothing is sent again."""
