"""What every service is built on: the loop, its store, its relay, HTTP and clocks."""
