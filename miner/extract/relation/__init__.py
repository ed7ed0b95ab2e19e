"""Which sample sizes a performance was measured on: a relation between what the rules find.

``document`` holds what is seen of a text, ``parts`` tells the part of the data of each performance, ``candidates`` lists what it may have been measured on,
``features`` and ``still`` name what speaks for a candidate, ``model`` weighs it, ``relate`` decides, ``why`` says why.
"""
