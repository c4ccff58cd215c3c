old_image.* *<> new_image.*
