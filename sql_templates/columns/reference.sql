:row.:"column"
