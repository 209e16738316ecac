"""Services that stand in for real ones in tests, each with the faults that real ones have."""
