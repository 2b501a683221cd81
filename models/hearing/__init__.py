"""What the microphone hears: voice, words and their times, melody, and how far the sound is to be trusted."""
