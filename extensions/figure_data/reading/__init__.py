"""What runs in the kernel of a page: it reads the numbers of a figure, and knows no Sphinx."""
