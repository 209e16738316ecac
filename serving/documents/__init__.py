"""Papers that customers bring: received, looked at in a child process, read, and compared with what the bank knows."""
