"""The ur3-dancer command, one small file a verb."""
