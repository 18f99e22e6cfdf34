"""What happens when something breaks; the world that is broken lives as long as this folder."""
