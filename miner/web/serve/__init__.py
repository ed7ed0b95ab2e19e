"""``miner serve``: the site's pages made when they are asked for, questions in SQL, and decisions, for those who have the printed address or a password."""
