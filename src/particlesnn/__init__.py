"""ParticlesNN: from a raw microscope scan to a size distribution one can publish."""
