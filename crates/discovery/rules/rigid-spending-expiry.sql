-- id: rigid-spending-expiry
-- version: 1
-- procedure: recheck
-- subject: household
-- sensitivity: general
-- title: 刚性支出困难认定到期
-- why: 刚性支出困难家庭于{granted_on}认定，满{months}个月（{due}）到期。请核查是否仍有困难，符合条件的重新认定或转入其他救助。
-- legal-basis: 《国务院办公厅转发民政部等单位〈关于加强低收入人口动态监测做好分层分类社会救助工作的意见〉的通知》（国办发〔2023〕39号）；《社会救助暂行办法》（国务院令第649号）
-- feeds: registry
-- due: column due
-- occasion: event
-- clears: 登记新的认定，或认定终止

-- Counted from the grant: neither a verification nor a newer list of members prolongs it.
-- The grant is a link: told anew it gives no new task, and one of another day is another occasion.
SELECT b.household                                            AS subject,
       b.benefit || '/' || CAST(b.granted_on AS VARCHAR)      AS occasion,
       add_months(b.granted_on, q.rigid_spending_expiry_months) AS due,
       b.granted_on                                           AS granted_on,
       q.rigid_spending_expiry_months                         AS months,
       array_agg(b.fact_grant)                                AS links_grant,
       array_agg(b.fact_list)                                 AS facts_list
FROM benefit b
JOIN person p ON p.person = b.person
CROSS JOIN clock c
CROSS JOIN parameter q
WHERE p.living
  AND b.program = 'rigid-spending'
  AND days_between(c.as_of, add_months(b.granted_on, q.rigid_spending_expiry_months)) <= q.recheck_ahead_days
GROUP BY b.household, b.benefit, b.granted_on, q.rigid_spending_expiry_months
