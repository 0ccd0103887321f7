"""What is said in a sound: where there is speech, its words and their times, and its end."""
