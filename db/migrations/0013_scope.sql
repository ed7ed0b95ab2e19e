-- What a value stands for among others of its kind: overall, range, bound or some (of the data).

ALTER TABLE extraction ADD COLUMN scope VARCHAR;
