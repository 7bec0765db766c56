"""What is wrong with a recording of worn sensors, found from its numbers: named, shown, never mended here."""
