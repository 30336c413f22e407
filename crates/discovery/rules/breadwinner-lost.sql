-- id: breadwinner-lost
-- version: 1
-- procedure: help
-- subject: household
-- sensitivity: judicial
-- title: 家庭失去主要劳动收入
-- why: 在本月之前{months}个月内有工资的家庭成员，近{days}天内[死亡{dead}人，][被羁押{in_custody}人，][职工保险停保{stopped}人，]最近一次在{last_on}（这些成员最近有工资的月份：{last_wage_month}）；目前家庭无人就业（均无有效职工保险，近期无工资记录）。
-- legal-basis: 《社会救助暂行办法》（国务院令第649号）；《国务院关于全面建立临时救助制度的通知》（国发〔2014〕47号）
-- feeds: social-security, police, health, registry
-- due: 10 working days
-- occasion: event
-- clears: 家庭有人就业，来源记录被撤回，或事件超过期限

-- A wage of the day's month or of one of the two before makes a living member employed, also who has just been
-- stopped: the rule waits until these months are past. That is the domain's letter.
SELECT h.household                AS subject,
       'breadwinner'              AS occasion,
       q.breadwinner_wage_months  AS months,
       q.breadwinner_days         AS days,
       nullif(count(DISTINCT e.person) FILTER (WHERE e.event = 'died'), 0)              AS dead,
       nullif(count(DISTINCT e.person) FILTER (WHERE e.event = 'custody'), 0)           AS in_custody,
       nullif(count(DISTINCT e.person) FILTER (WHERE e.event = 'insurance-stopped'), 0) AS stopped,
       max(e.on_day)              AS last_on,
       max(w.month)               AS last_wage_month,
       array_agg(e.fact)           AS triggers_event,
       array_agg(w.fact)           AS facts_wage,
       array_agg(p.fact_household) AS facts_household
FROM household h
JOIN event e ON e.household = h.household
JOIN person p ON p.person = e.person
JOIN wage w ON w.person = e.person
CROSS JOIN clock c
CROSS JOIN parameter q
WHERE e.event IN ('died', 'custody', 'insurance-stopped')
  AND e.on_day > add_days(c.as_of, -q.breadwinner_days)
  AND w.month_start >= add_months(c.month_start, -q.breadwinner_wage_months)
  AND w.month_start < c.month_start
  AND NOT EXISTS (SELECT 1 FROM person m WHERE m.household = h.household AND m.living AND m.employed)
GROUP BY h.household, q.breadwinner_wage_months, q.breadwinner_days
