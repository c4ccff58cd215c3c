:"column" :type
