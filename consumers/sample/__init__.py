"""The built-in sample wire: a minute of news, written for this project; its agencies and publishers do not exist."""
