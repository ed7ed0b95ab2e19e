-- summary = "The PRISMA counts: identified, removed, screened, excluded with reasons, included"
SELECT stage, source, reason, count FROM v_prisma
ORDER BY array_position(['identified', 'removed', 'screened', 'excluded', 'included'], stage), source, reason
