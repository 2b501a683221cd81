"""What the camera shows: faces, eyes, expressions, posture, and how far the picture is to be trusted."""
