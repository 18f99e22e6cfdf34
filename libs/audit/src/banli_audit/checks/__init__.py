"""What is checked, one concern to a module: streams, causes, commands, speakers, transitions."""
