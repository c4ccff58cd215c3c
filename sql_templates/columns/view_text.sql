image.:image ->> :'column' AS :"alias"
