"""What a department system installs to submit commands and to wait for their receipts."""
