"""Those who mean harm, or are too many; the world they meet lives as long as this folder."""
