-- id: many-disabled
-- version: 1
-- procedure: help
-- subject: household
-- sensitivity: health
-- title: 一户多残或老残一体家庭未获救助
-- why: 家庭{members}人，其中持有效残疾证{disabled}人（{people}人起为一户多残；一人持证而其他成员均年满{from_years}周岁为老残一体），目前未纳入低收入救助[（成员此前的已于{ended_on}终止）]。
-- legal-basis: 《中华人民共和国残疾人保障法》；《社会救助暂行办法》（国务院令第649号）；《国务院办公厅转发民政部等单位〈关于加强低收入人口动态监测做好分层分类社会救助工作的意见〉的通知》（国办发〔2023〕39号）
-- feeds: registry, police
-- due: 15 working days
-- occasion: event
-- clears: 家庭纳入低收入救助，残疾证到期失效，或家庭成员变化

-- Who has no age (a passport tells no birth) is not known to be old: with one such member the second half is false.
-- The end of what members had is new evidence: the certificates were known when it was granted.
SELECT p.household                   AS subject,
       'many-disabled'               AS occasion,
       count(DISTINCT p.person)      AS members,
       count(DISTINCT t.fact)        AS disabled,
       q.many_disabled_people        AS people,
       q.many_disabled_elder_from_years AS from_years,
       max(x.ended_on)               AS ended_on,
       array_agg(t.fact)             AS triggers_certificate,
       array_agg(x.fact)             AS triggers_end,
       array_agg(x.fact_list)        AS facts_list,
       array_agg(p.fact_household)   AS facts_household
FROM person p
LEFT JOIN certificate t ON t.person = p.person AND t.valid
CROSS JOIN parameter q
LEFT JOIN ended_benefit x
    ON x.person = p.person AND x.program IN ('dibao', 'tekun', 'dibao-edge', 'rigid-spending')
WHERE p.living
  AND NOT p.low_income
GROUP BY p.household, q.many_disabled_people, q.many_disabled_elder_from_years
HAVING count(DISTINCT t.fact) >= q.many_disabled_people
    OR (count(DISTINCT t.fact) = 1
        AND count(DISTINCT p.person) > 1
        AND bool_and(coalesce(p.age >= q.many_disabled_elder_from_years, false) OR t.fact IS NOT NULL))
