"""Taking changes back: as changes of their own, all or none."""
