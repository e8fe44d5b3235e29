"""The generated data set: songs, dances in SMPL form and verses, laid out as AIST++ is."""
