:'key', :row.:"column"
