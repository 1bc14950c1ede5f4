"""Messages on DDS: how they are declared, what their bytes are, and who carries them."""
