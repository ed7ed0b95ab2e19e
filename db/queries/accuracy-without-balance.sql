-- summary = "Papers that report accuracy but neither sensitivity, specificity, AUC nor balanced accuracy"
SELECT p.paper_id, p.year, p.title
FROM v_paper p
WHERE EXISTS (FROM v_performance x WHERE x.paper_id = p.paper_id AND x.metric = 'accuracy' AND x.claim = 'own')
  AND NOT EXISTS (FROM v_performance x WHERE x.paper_id = p.paper_id
                  AND x.metric IN ('sensitivity', 'specificity', 'auc', 'balanced_accuracy', 'auprc', 'f1', 'mcc'))
ORDER BY p.year DESC, p.paper_id
