:value AS :"column"
