"""What reporting says: nothing yet; circulars and frozen evaluations come with a decider."""
