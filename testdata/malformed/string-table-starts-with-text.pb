

€€("€ "* 2inuse_objects2count2inuse_space2bytes2	main.load2main.go2serverH€€¨±ãŸçËZ`€€ 