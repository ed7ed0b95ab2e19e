"""Reading PDF and JATS full text, safely."""
