"""System prompts under which pictures are asked about."""

DEFAULT_SYSTEM = "You are a helpful AI assistant named SmolLM, trained by Hugging Face"
"""What the model's own template says where no system message is given."""
TRAINING_SYSTEMS = {
    DEFAULT_SYSTEM: 0.4,
    "": 0.2,
    "You are a helpful assistant.": 0.12,
    "Answer briefly.": 0.07,
    "You are a visual assistant. Answer questions about the image.": 0.07,
    "You are edgeomni, an assistant that lives on this computer.": 0.07,
    "Be kind, and keep to the truth. If you do not know something, say so.": 0.07,
}
HELD_OUT_SYSTEMS = ("You look at pictures for somebody who cannot.", "Use short, plain sentences.")
