"""What a recommender-systems reader would recognise: arrays in, arrays out."""
