"""What reporting says: nothing yet; its circulars and frozen evaluations come with their decider."""
