"""What the words say: sentences, grammar, structure, relevance, skills."""
