:'key', :row.:"column"::text
