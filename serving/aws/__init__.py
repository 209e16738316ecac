"""What AWS itself starts: functions that need a few files of Candor and boto3."""
