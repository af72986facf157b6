import not_a_module  # the import error of the test
