"""The four errors a user can meet. Each text says what happened, the value, and what to do."""


class DancerError(Exception):
    """Base of the project's errors: a person reads the text, never a stack trace."""


class ConfigError(DancerError):
    """A setting, argument or message has a value that cannot be used."""


class AudioError(DancerError):
    """Sound cannot be had: no device, no such file, unreadable data."""


class RobotError(DancerError):
    """The arm or its controller cannot be used as it is."""


class CheckpointError(DancerError):
    """A trained model is missing, damaged or made for another setting."""
