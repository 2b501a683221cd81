"""Where the files lie that the server hands out."""

from importlib.resources import files
from pathlib import Path

import plotly

from models import sound_problems

APP_FILES = Path(str(files("client") / "app"))
WIRE_FILE = Path(str(files("client") / "wire.json"))
ROOM_FILE = Path(str(files("client") / "room.json"))
SOUND_FILE = sound_problems.FILE
PLOTLY_FILE = Path(plotly.__file__).parent / "package_data" / "plotly.min.js"
