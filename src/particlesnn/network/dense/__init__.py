"""The dense family: for every pixel, is it particle, and how deep inside its own."""
